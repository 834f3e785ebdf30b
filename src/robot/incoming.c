#include "robot/incoming.h"

#include "robot/post.h"

const char *incoming_answered_id(const Incoming *mail, const Person *to)
{
        const bool is_own = mail->match->writer == to->id;
        return is_own && post_is_message_id(mail->reading->message_id) ? mail->reading->message_id : NULL;
}
