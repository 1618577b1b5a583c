bool stays_open(Oid oid)
{
	Relation rel = table_open(oid, AccessShareLock); /* expect: relation-not-closed */

	if (is_special(rel))
		return true;
	table_close(rel, AccessShareLock);
	return false;
}

bool closes_all(Oid oid)
{
	Relation rel = table_open(oid, AccessShareLock);
	bool special = is_special(rel);

	if (broken(rel))
		ereport(ERROR, (errcode(ERRCODE_X), errmsg("broken")));
	table_close(rel, NoLock);
	return special;
}

bool perhaps(Oid oid)
{
	Relation rel = try_relation_open(oid, AccessShareLock);

	if (rel == NULL)
		return false;
	relation_close(rel, AccessShareLock);
	return true;
}

List *keeps(Oid oid, List *list)
{
	Relation rel = table_open(oid, AccessShareLock);

	return lappend(list, rel);
}
