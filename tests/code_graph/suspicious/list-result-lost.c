void loses(List *list, Bitmapset *set, void *item)
{
	lappend(list, item); /* expect: list-result-lost */
	bms_add_member(set, 3); /* expect: list-result-lost */
	list = lappend(list, item);
	set = bms_add_member(set, 3);
	list_free(list);
}
