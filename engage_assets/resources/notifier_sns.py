"""The notifier on AWS: a topic of SNS."""

from engage_assets.resources import s3
from engage_assets.resources.notifier import Notifier

MAX_SUBJECT = 100
"""SNS takes no longer subject, and no line break in it."""


class SnsNotifier(Notifier):
    """Publishes to a topic; whoever subscribes to it is told."""

    topic_arn: str
    region: str

    def send(self, subject: str, message: str) -> None:
        short = " ".join(subject.split())[:MAX_SUBJECT]
        s3.client("sns", self.region).publish(TopicArn=self.topic_arn, Subject=short, Message=message)
