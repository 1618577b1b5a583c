int asks(const char *sql)
{
	SPI_connect(); /* expect: spi-not-finished */
	if (SPI_execute(sql, true, 0) != SPI_OK_SELECT)
		return 0;
	SPI_finish();
	return 1;
}

int asks_well(const char *sql)
{
	if (SPI_connect() != SPI_OK_CONNECT)
		return -1;
	SPI_connect();
	if (SPI_execute(sql, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "failed");
	SPI_finish();
	return 1;
}
