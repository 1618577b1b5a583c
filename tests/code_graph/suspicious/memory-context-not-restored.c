void stays(MemoryContext context, bool early)
{
	MemoryContext old = MemoryContextSwitchTo(context); /* expect: memory-context-not-restored */

	if (early)
		return;
	MemoryContextSwitchTo(old);
}

void comes_back(MemoryContext context, bool early)
{
	MemoryContext old;

	old = MemoryContextSwitchTo(context);
	if (early)
	{
		MemoryContextSwitchTo(old);
		return;
	}
	if (!work())
		elog(ERROR, "failed");
	MemoryContextSwitchTo(old);
}
