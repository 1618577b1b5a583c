int negates_first(int a, int b, int flags)
{
	if (!a == b) /* expect: negation-before-comparison */
		return 1;
	if (!flags & FLAG_ONE) /* expect: negation-before-comparison */
		return 2;
	if (!(a == b) || !a != !b)
		return 3;
	return a != b;
}
