"""Transpositions: does the model answer the board, or the path that led there?"""
