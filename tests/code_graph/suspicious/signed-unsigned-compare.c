int compares(int n, Size size, int m)
{
	if (n < size) /* expect: signed-unsigned-compare */
		return 1;
	return n < m;
}
