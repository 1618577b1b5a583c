void empty(int a)
{
	if (a > 1); /* expect: empty-body */
	use(a);
	if (a > 2)
		use(a);
	while (next(a))
		;
}
