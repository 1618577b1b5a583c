bool equal(Pair *a, Pair *b, uint64 *x, uint64 *y)
{
	if (memcmp(x, y, sizeof(uint64)) != 0)
		return false;
	return memcmp(a, b, sizeof(Pair)) == 0; /* expect: memcmp-struct */
}
