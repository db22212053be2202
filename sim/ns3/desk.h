/* SPDX-License-Identifier: ISC */
/*
 * Where the running simulator is told something: SIGINT, SIGTERM, and lines on a Unix
 * stream socket, one talker at a time. A thread waits for them; answers are made in the
 * simulator's own thread, between two events.
 */
#pragma once

#include <functional>
#include <string>
#include <thread>

struct desk {
	std::function<std::string(const std::string &)> answer;
	std::thread thread;
	std::string path; /* empty: no socket */
	int signals = -1, listener = -1, over = -1;
};

/* To be called before any other thread begins: signals are blocked from now on. */
void desk_block_signals();
/* 0 or a negative errno. Without a path there is no socket. */
int desk_open(desk *d, const std::string &path);
void desk_close(desk *d);
