void forms(TupleDesc desc, int n)
{
	HeapTuple tuple;

	while (n-- > 0)
	{
		tuple = heap_form_tuple(desc, values, nulls); /* expect: tuple-made-in-loop */
		simple_heap_insert(rel, tuple);
	}
}

void forms_and_frees(TupleDesc desc, int n)
{
	HeapTuple tuple;

	while (n-- > 0)
	{
		tuple = heap_form_tuple(desc, values, nulls);
		simple_heap_insert(rel, tuple);
		heap_freetuple(tuple);
	}
}
