#include "signal/source.h"

#include <string.h>

int source_open(const struct source_config *config, struct net *net, struct source **ret, struct error *err)
{
    const char *url = config->http.url;
    if (!url)
        return error_set(err, ERR_INVALID, "source \"%s\" has no url", config->name);
    if (strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0)
        return prometheus_source_open(config, net, ret, err);
    int code = recording_open(url, ret, err);
    if (code == 0)
        (*ret)->name = config->name;
    return code;
}

void source_free(struct source *s)
{
    if (s)
        s->type->free(s);
}
