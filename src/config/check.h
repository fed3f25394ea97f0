/* What a text of the configuration must look like; each reports what is wrong and what would be right. All are check_fn of bind.h. */
#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

#include "config/bind.h"

check_fn check_name;         /* letters, digits, "_.-": names that go into ids and messages */
check_fn check_label;        /* a label's name */
check_fn check_regex;        /* compiles */
check_fn check_http_url;     /* http:// or https:// with a host, no password in it */
check_fn check_source_url;   /* that, or the path of a recording */
check_fn check_smtp_url;     /* smtp:// or smtps:// with a host, no password in it */
check_fn check_header_name;  /* an HTTP header, none that carries a secret */
check_fn check_address;      /* user@example.org */

/* Does the URL's host mean this machine? */
bool url_is_loopback(const char *url);

#endif
