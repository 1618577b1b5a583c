void casts(void)
{
	large = (Large *) palloc(sizeof(Small)); /* expect: alloc-size-mismatch */
	large = (Large *) palloc(sizeof(Large));
	bytes = (char *) palloc(sizeof(Small));
	array = (Large **) palloc(sizeof(Small));
}
