void makes_anew(int n)
{
	StringInfoData buf;

	while (n-- > 0)
	{
		initStringInfo(&buf); /* expect: stringinfo-in-loop */
		appendStringInfo(&buf, "%d", n);
		use(&buf);
	}
}

void resets(int n)
{
	StringInfoData buf;

	initStringInfo(&buf);
	while (n-- > 0)
	{
		resetStringInfo(&buf);
		use(&buf);
	}
}

void frees(int n)
{
	StringInfoData buf;

	while (n-- > 0)
	{
		initStringInfo(&buf);
		pfree(buf.data);
	}
}
