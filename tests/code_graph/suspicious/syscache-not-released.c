bool leaves(Oid oid, int *out)
{
	HeapTuple tuple = SearchSysCache1(PROCOID, oid); /* expect: syscache-not-released */

	if (!HeapTupleIsValid(tuple))
		return false;
	if (wanted(tuple))
		return true;
	ReleaseSysCache(tuple);
	return false;
}

bool releases(Oid oid)
{
	HeapTuple tuple;
	bool result;

	tuple = SearchSysCache1(PROCOID, oid);
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed");
	if (broken(tuple))
		ereport(ERROR, (errcode(ERRCODE_X), errmsg("broken")));
	result = wanted(tuple);
	ReleaseSysCache(tuple);
	return result;
}

bool found_only(Oid oid)
{
	HeapTuple tuple = SearchSysCache1(PROCOID, oid);

	if (HeapTupleIsValid(tuple))
	{
		ReleaseSysCache(tuple);
		return true;
	}
	return false;
}

HeapTuple gives(Oid oid)
{
	HeapTuple tuple = SearchSysCache1(PROCOID, oid);

	return tuple;
}

HeapTuple copies(Oid oid)
{
	HeapTuple tuple = SearchSysCacheCopy1(PROCOID, oid);

	return wanted(tuple) ? tuple : NULL;
}
