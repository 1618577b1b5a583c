int signs(size_t size, int n)
{
	Assert(size >= 0);
	if (size < 0) /* expect: unsigned-never-negative */
		return -1;
	return n < 0 ? 0 : 1;
}
