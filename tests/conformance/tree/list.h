#ifndef LIST_H
#define LIST_H

typedef struct List
{
	int			length;
	struct List *next;
} List;

#define list_is_empty(list) ((list) == 0 || (list)->length == 0)

extern int	list_length(const List *list);

#endif
