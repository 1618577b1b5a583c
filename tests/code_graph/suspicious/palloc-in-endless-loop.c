void for_ever(void)
{
	for (;;)
	{
		char *name = psprintf("%d", next()); /* expect: palloc-in-endless-loop */

		use(name);
		CHECK_FOR_INTERRUPTS();
		WaitLatch(MyLatch, 0, 10, 0);
	}
}

void for_ever_clean(MemoryContext context)
{
	for (;;)
	{
		char *name = psprintf("%d", next());

		use(name);
		CHECK_FOR_INTERRUPTS();
		WaitLatch(MyLatch, 0, 10, 0);
		MemoryContextReset(context);
	}
}

void for_some_time(int n)
{
	while (n-- > 0)
		use(psprintf("%d", n));
}
