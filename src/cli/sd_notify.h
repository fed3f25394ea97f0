/* A word to the service manager, when there is one ($NOTIFY_SOCKET): "READY=1", "STATUS=…", "WATCHDOG=1". */
#ifndef CLI_SD_NOTIFY_H
#define CLI_SD_NOTIFY_H

void sd_notify_send(const char *state);

#endif
