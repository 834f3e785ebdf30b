/* robot/doorbell.h: one duty tells another that there is work: an eventfd that stays rung until it is
 * cleared. */
#pragma once

int doorbell_new(void);       /* a descriptor, closed on exec; -1 with errno */
void doorbell_ring(int bell); /* safe in a signal handler */
void doorbell_clear(int bell);
