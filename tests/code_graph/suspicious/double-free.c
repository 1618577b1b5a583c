void frees_twice(char *p, bool fine)
{
	pfree(p); /* expect: double-free */
	if (fine)
		return;
	pfree(p);
}

void frees_by_way(char *p, bool fine)
{
	if (fine)
		pfree(p);
	else
	{
		log_it(1);
		pfree(p);
	}
}

void frees_new(char *p)
{
	pfree(p);
	p = make();
	pfree(p);
}

void frees_in_loop(int n)
{
	while (n-- > 0)
	{
		char *p = make();

		pfree(p);
	}
}
