void jumps(int n)
{
	while (n-- > 0)
	{
		PG_TRY();
		{
			if (work())
				break; /* expect: pg-try-jump */
			for (;;)
			{
				if (work())
					break;
			}
			switch (n)
			{
				case 1:
					break;
			}
		}
		PG_CATCH();
		{
			PG_RE_THROW();
		}
		PG_END_TRY();
		if (n == 7)
			break;
	}
}
