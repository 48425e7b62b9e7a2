"""What a run leaves in the lake about itself: verdicts of gates, use of resources, the candidate, the champion."""
