bool any_entry(HTAB *table)
{
	HASH_SEQ_STATUS status;
	Entry *entry;

	hash_seq_init(&status, table);
	while ((entry = hash_seq_search(&status)) != NULL) /* expect: hash-scan-not-ended */
	{
		if (entry->used)
			return true;
	}
	return false;
}

bool any_entry_ended(HTAB *table)
{
	HASH_SEQ_STATUS status;
	Entry *entry;

	hash_seq_init(&status, table);
	while ((entry = (Entry *) hash_seq_search(&status)) != NULL)
	{
		if (entry->used)
		{
			hash_seq_term(&status);
			return true;
		}
		use(entry);
	}
	return false;
}
