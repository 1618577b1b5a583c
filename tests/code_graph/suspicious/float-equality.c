bool same(double a, double b, int n, int m)
{
	if (a == b) /* expect: float-equality */
		return true;
	if (a == 0)
		return true;
	return n == m;
}
