bool first_only(Relation rel)
{
	SysScanDesc scan = systable_beginscan(rel, 1, true, NULL, 0, NULL); /* expect: scan-not-ended */
	HeapTuple tuple = systable_getnext(scan);

	if (HeapTupleIsValid(tuple))
		return true;
	systable_endscan(scan);
	return false;
}

bool ends_scan(Relation rel)
{
	SysScanDesc scan;
	bool found = false;

	scan = systable_beginscan(rel, 1, true, NULL, 0, NULL);
	while (HeapTupleIsValid(systable_getnext(scan)))
	{
		found = true;
		break;
	}
	systable_endscan(scan);
	return found;
}
