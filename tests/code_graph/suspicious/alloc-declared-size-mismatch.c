void declares(void)
{
	Large *large = palloc(sizeof(Small)); /* expect: alloc-declared-size-mismatch */
	struct Large *tagged = palloc0(sizeof(struct Large));
	Large *right = palloc(sizeof(Large));
	Hidden hidden = palloc(sizeof(HiddenData));
	Large *later;

	later = palloc0(sizeof(Small)); /* expect: alloc-declared-size-mismatch */
	later = palloc0(sizeof(Large));
}
