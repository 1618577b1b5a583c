void asserts(int i, int n)
{
	Assert(i++ < n); /* expect: assert-side-effect */
	Assert((i = n) != 0); /* expect: assert-side-effect */
	Assert(i == n);
	Assert(i + 1 < n);
}
