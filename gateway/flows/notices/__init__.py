"""Notices to applicants (文书): what a case gives rise to, their numbers, and putting them on paper."""
