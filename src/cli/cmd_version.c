#include <stdio.h>

#include <curl/curl.h>
#include <jansson.h>
#include <sqlite3.h>
#include <yaml.h>
#include <zlib.h>

#include "cli/cli.h"

#ifndef NIGHTBELL_VERSION
#define NIGHTBELL_VERSION "0.1.0"
#endif

int cmd_version(const struct options *o)
{
    (void)o;
    printf("nightbell %s (%s; jansson %s, libyaml %s, sqlite %s, zlib %s)\n", NIGHTBELL_VERSION, curl_version(), jansson_version_str(),
           yaml_get_version_string(), sqlite3_libversion(), zlibVersion());
    return EXIT_OK;
}
