/* robot/refusal.h: a delivery report (RFC 3464) of our own making, for a recipient whom the submission server
 * refused at once. */
#pragma once

#include "base/config.h"
#include "doors/smtp.h"
#include "store/outbox.h"

#include <glib.h>

/* The bytes of the report, as a mail system would have sent it to us. */
GBytes *refusal_compose(const Config *config, const OutboxMail *mail, const SmtpReply *reply, int64_t now);
