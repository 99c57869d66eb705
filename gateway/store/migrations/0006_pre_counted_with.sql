-- One row: the calendars with which the running clocks were last counted.  At a start with the same ones nothing is counted again.
CREATE TABLE counted_with (
    calendars TEXT NOT NULL PRIMARY KEY         -- their versions
);
