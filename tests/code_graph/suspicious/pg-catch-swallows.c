void swallows(void)
{
	PG_TRY();
	{
		work();
	}
	PG_CATCH(); /* expect: pg-catch-swallows */
	{
		clean();
	}
	PG_END_TRY();
}

void throws_again(void)
{
	PG_TRY();
	{
		work();
	}
	PG_CATCH();
	{
		clean();
		PG_RE_THROW();
	}
	PG_END_TRY();
}
