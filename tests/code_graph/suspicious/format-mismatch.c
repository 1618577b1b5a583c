void prints(size_t size, int64 large, int n, const char *name, double x, long l)
{
	elog(LOG, "%d", size); /* expect: format-mismatch */
	elog(LOG, "%d rows of %s", large, name); /* expect: format-mismatch */
	elog(LOG, "%s", n); /* expect: format-mismatch */
	printf("%zu of %d\n", n, n); /* expect: format-mismatch */
	elog(LOG, "%d", x); /* expect: format-mismatch */
	elog(LOG, "%zu %d %s %g %ld %%", size, n, name, x, l);
	elog(LOG, "%lld", (long long) large);
	elog(LOG, "%*d %m", n, n);
	elog(LOG, "rows " INT64_FORMAT, large);
	elog(LOG, "%2$s %1$d", n, name);
	elog(LOG, "%d", unknown_to_this_file);
	snprintf(buf, size, "%d", n);
}
