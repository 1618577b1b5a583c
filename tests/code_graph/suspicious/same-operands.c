int operands(Thing *a, int x, int y)
{
	if (x == x) /* expect: same-operands */
		return 1;
	if (a->size != a->size) /* expect: same-operands */
		return 2;
	if (x == y || next() == next())
		return 3;
	return x + x;
}
