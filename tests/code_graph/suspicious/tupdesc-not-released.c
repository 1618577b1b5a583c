int columns(Oid type)
{
	TupleDesc desc = lookup_rowtype_tupdesc(type, -1); /* expect: tupdesc-not-released */

	return desc->natts;
}

int columns_released(Oid type)
{
	TupleDesc desc = lookup_rowtype_tupdesc(type, -1);
	int n = desc->natts;

	ReleaseTupleDesc(desc);
	return n;
}
