int branches(int x)
{
	if (x > 1) /* expect: identical-branches */
		use(x);
	else
		use(x);
	if (x > 2)
		use(x);
	else
		use(0);
	return x;
}
