"""Electronic licences instead of paper (证照免提交): verified at their source, and again before it counts."""
