void clobbered(void)
{
	char *made = NULL;
	char *volatile safe = NULL;
	volatile int counted = 0;
	int unread = 0;

	PG_TRY();
	{
		int inner;

		made = work(); /* expect: pg-try-volatile */
		safe = work();
		counted = 1;
		unread = 1;
		inner = 1;
	}
	PG_CATCH();
	{
		int inner = 2;

		drop(made, safe, counted, inner);
		PG_RE_THROW();
	}
	PG_END_TRY();
	use(unread);
}
