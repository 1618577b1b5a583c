void names(StringInfo buf, Relation rel, int n)
{
	appendStringInfo(buf, "SELECT 1 FROM %s", RelationGetRelationName(rel)); /* expect: sql-unquoted-call */
	appendStringInfo(buf, "SELECT 1 FROM %s", quote_identifier(RelationGetRelationName(rel)));
	elog(LOG, "SELECT 1 FROM %s", RelationGetRelationName(rel));
}
