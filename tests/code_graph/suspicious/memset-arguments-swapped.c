void clears(char *p, int n)
{
	memset(p, n, 0); /* expect: memset-arguments-swapped */
	memset(p, 0, n);
}
