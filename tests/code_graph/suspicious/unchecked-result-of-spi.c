char *value(const char *sql)
{
	SPI_execute(sql, true, 1); /* expect: unchecked-result-of-spi */
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
}

char *value_checked(const char *sql)
{
	SPI_execute(sql, true, 1);
	if (SPI_processed == 0)
		return NULL;
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
}
