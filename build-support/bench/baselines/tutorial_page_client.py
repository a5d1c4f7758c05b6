"""The shop's page in the plainest way: for `flask run`, with a channel made at import.

RECOMMENDATIONS is "host:port". Everything that goes wrong is a page of status 500.
"""

import os

import grpc
from flask import Flask, render_template

from recommendations_pb2 import MYSTERY, RecommendationRequest
from recommendations_pb2_grpc import RecommendationsStub

app = Flask(__name__)
channel = grpc.insecure_channel(os.environ["RECOMMENDATIONS"])
recommendations = RecommendationsStub(channel)


@app.route("/")
def home() -> str:
    """Ask for three books, and show them."""
    request = RecommendationRequest(user_id=1, category=MYSTERY, max_results=3)
    reply = recommendations.Recommend(request)
    return render_template("home.html", books=reply.recommendations)
