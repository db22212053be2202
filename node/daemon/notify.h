/* SPDX-License-Identifier: ISC */
/* The service manager's notification socket (sd_notify(3)), without its library. */
#pragma once

/* Sends one state such as "READY=1"; silently nothing when there is no manager. */
void notify_send(const char *state);
