void trusts(int n)
{
	char *p = malloc(n); /* expect: alloc-unchecked */

	p[0] = 'x';
}

void tests(int n)
{
	char *p = malloc(n);

	if (p == NULL)
		return;
	p[0] = 'x';
}

void negates(int n)
{
	Thing *p;

	p = (Thing *) malloc(n);
	if (!p)
		exit(1);
	p->size = n;
}

void never_fails(int n)
{
	char *p = palloc(n);

	p[0] = 'x';
}
