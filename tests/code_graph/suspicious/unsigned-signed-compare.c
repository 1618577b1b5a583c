int compares_back(int n, Size size, Size other)
{
	if (size > n) /* expect: unsigned-signed-compare */
		return 1;
	return size > other;
}
