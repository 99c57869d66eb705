"""Notices to applicants (文书): which ones a case gives rise to, what each says, and under which number."""
