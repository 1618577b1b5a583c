void multiplies(int rows, int columns, Size size, int n)
{
	first = palloc(rows * columns); /* expect: alloc-int-overflow */
	second = palloc(rows * sizeof(int));
	third = palloc(size * n);
	fourth = palloc(mul_size(rows, columns));
}
