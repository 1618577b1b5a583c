void grows(char *p, char *q, int n)
{
	p = realloc(p, n); /* expect: realloc-own-argument */
	q = (char *) realloc(q, n); /* expect: realloc-own-argument */
	p = repalloc(p, n);
	if ((other = realloc(p, n)) == NULL)
		return;
}
