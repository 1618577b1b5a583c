int masks(int flags)
{
	if (flags & FLAG_ONE == FLAG_TWO) /* expect: comparison-before-bits */
		return 1;
	if ((flags & FLAG_ONE) == FLAG_TWO)
		return 2;
	return 0;
}
