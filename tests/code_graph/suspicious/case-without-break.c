int falls(int kind, int x)
{
	switch (kind)
	{
		case 1: /* expect: case-without-break */
			x = 1;
		case 2:
			x = 2;
			break;
		case 3:
		case 4:
			x = 4;
			/* FALLTHROUGH */
		case 5:
			if (x > 1)
				return 5;
			else
				return 6;
		case 7:
			elog(ERROR, "never comes back");
		case 8: /* expect: case-without-break */
			if (x > 2)
				break;
			x = 9;
		default:
			x = 0;
	}
	return x;
}
