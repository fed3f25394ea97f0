/*
 * Names made unreadable in one way everywhere: a name is taken apart into words, each word has one replacement, and what stands between the words stays. So names that are
 * equal, contain each other or are joined (host:port, a client's id made of its group's) still are, and rules that compare them see what they saw.
 *
 * Numbers of up to five digits stay; longer ones become other numbers of that length. Addresses (IPv4, IPv6) and UUIDs are replaced as a whole by others of their kind. Words and
 * names of `kept` stay. Replacements are handed out in order of first use: nothing of the original is in them.
 */
#ifndef SIGNAL_ANONYMISE_H
#define SIGNAL_ANONYMISE_H

#include <stddef.h>

struct anonymiser;

struct anonymiser *anonymiser_new(const char *const *kept, size_t kept_len);
void anonymiser_free(struct anonymiser *a);
/* The name's replacement; lives as long as the anonymiser and the name. NULL stays NULL. */
const char *anonymise(struct anonymiser *a, const char *name);

#endif
