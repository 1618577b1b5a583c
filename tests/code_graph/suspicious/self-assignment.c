void assigns(Thing *a, int x, int y)
{
	x = x; /* expect: self-assignment */
	a->size = a->size; /* expect: self-assignment */
	x = y;
	x += x;
}
