"""Nothing is lost, whatever dies: real workers against servers that are killed, stopped, flushed and slow.

What a case may rely on is behaviour: the rows of Mail, Attempt and Reminder, and what the mail server saw.

How time passes here. What takes seconds in an office takes seconds: a step with the mail server, the deadline
of a try, the lease; they follow from EMAIL_TIMEOUT, which is 2 here and 20 by default. What takes minutes is
divided by a number that the case names (hurried.py). What takes hours is not awaited: the rows grow older
(later.py).

Where things are: __main__.py and lanes.py what runs beside what and for how long, servers.py and relay.py
what is stopped and cut, sink.py the mail server, workers.py, overheard.py and web.py the processes, people.py
and desks.py who is owed a mail, figures.py what must hold, table.py what is printed in the end, breaks.py and
breaks/ the proof that each test can fail.
"""
