"""Othello: the rules, random games, board labels and tokens of a language model that reads moves."""
